// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

interface IErc20 {
    function balanceOf(address owner) external view returns (uint256);

    function transfer(address to, uint256 value) external returns (bool);

    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// Constant product of two tokens, three thousandths kept; its events have the shape of Uniswap version 2.
contract Pair {
    IErc20 public immutable token0;
    IErc20 public immutable token1;
    uint256 public reserve0;
    uint256 public reserve1;

    event Sync(uint112 reserve0, uint112 reserve1);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );

    constructor(IErc20 token0_, IErc20 token1_) {
        token0 = token0_;
        token1 = token1_;
    }

    /// Takes what lies here as the new reserves.
    function sync() public {
        reserve0 = token0.balanceOf(address(this));
        reserve1 = token1.balanceOf(address(this));
        emit Sync(uint112(reserve0), uint112(reserve1));
    }

    /// Takes an approved amount of token0 and pays token1 to `to`.
    function swap0For1(uint256 amountIn, address to) external {
        require(token0.transferFrom(msg.sender, address(this), amountIn), "in");
        uint256 kept = amountIn * 997;
        uint256 amountOut = (kept * reserve1) / (reserve0 * 1000 + kept);
        require(token1.transfer(to, amountOut), "out");
        sync();
        emit Swap(msg.sender, amountIn, 0, 0, amountOut, to);
    }

    function swap1For0(uint256 amountIn, address to) external {
        require(token1.transferFrom(msg.sender, address(this), amountIn), "in");
        uint256 kept = amountIn * 997;
        uint256 amountOut = (kept * reserve0) / (reserve1 * 1000 + kept);
        require(token0.transfer(to, amountOut), "out");
        sync();
        emit Swap(msg.sender, 0, amountIn, amountOut, 0, to);
    }
}

/// A pool of equal notes with the events of Tornado Cash; a note is a number instead of a proof.
contract NotePool {
    uint256 public immutable denomination;
    uint32 public nextIndex;
    mapping(bytes32 => bool) public commitments;
    mapping(bytes32 => bool) public nullifierHashes;

    event Deposit(bytes32 indexed commitment, uint32 leafIndex, uint256 timestamp);
    event Withdrawal(address to, bytes32 nullifierHash, address indexed relayer, uint256 fee);

    constructor(uint256 denomination_) {
        denomination = denomination_;
    }

    function deposit(bytes32 commitment) external payable {
        require(msg.value == denomination && !commitments[commitment], "deposit");
        commitments[commitment] = true;
        emit Deposit(commitment, nextIndex++, block.timestamp);
    }

    function withdraw(bytes32 note, address payable to, address payable relayer, uint256 fee) external {
        bytes32 nullifier = keccak256(abi.encode("nullifier", note));
        require(commitments[keccak256(abi.encode(note))] && !nullifierHashes[nullifier], "withdraw");
        nullifierHashes[nullifier] = true;
        (bool paid, ) = to.call{value: denomination - fee}("");
        require(paid, "to");
        if (fee > 0) {
            (bool tipped, ) = relayer.call{value: fee}("");
            require(tipped, "relayer");
        }
        emit Withdrawal(to, nullifier, relayer, fee);
    }
}
